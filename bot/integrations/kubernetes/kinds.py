"""The kinds that are looked at, under the names of their addresses."""

from typing import Final

from bot.integrations.cluster_shapes import Kind

NODES: Final = Kind("", "v1", "Node", "nodes", namespaced=False)
NAMESPACES: Final = Kind("", "v1", "Namespace", "namespaces", namespaced=False)
PODS: Final = Kind("", "v1", "Pod", "pods")
CLAIMS: Final = Kind("", "v1", "PersistentVolumeClaim", "persistentvolumeclaims")
EVENTS: Final = Kind("", "v1", "Event", "events")
DEPLOYMENTS: Final = Kind("apps", "v1", "Deployment", "deployments")
STATEFUL_SETS: Final = Kind("apps", "v1", "StatefulSet", "statefulsets")
DAEMON_SETS: Final = Kind("apps", "v1", "DaemonSet", "daemonsets")
REPLICA_SETS: Final = Kind("apps", "v1", "ReplicaSet", "replicasets")
REVISIONS: Final = Kind("apps", "v1", "ControllerRevision", "controllerrevisions")
JOBS: Final = Kind("batch", "v1", "Job", "jobs")
CRON_JOBS: Final = Kind("batch", "v1", "CronJob", "cronjobs")
AUTOSCALERS: Final = Kind("autoscaling", "v2", "HorizontalPodAutoscaler", "horizontalpodautoscalers")
BUDGETS: Final = Kind("policy", "v1", "PodDisruptionBudget", "poddisruptionbudgets")
CERTIFICATES: Final = Kind("cert-manager.io", "v1", "Certificate", "certificates")
_RBAC: Final = "rbac.authorization.k8s.io"
CLUSTER_ROLES: Final = Kind(_RBAC, "v1", "ClusterRole", "clusterroles", namespaced=False)
CLUSTER_BINDINGS: Final = Kind(_RBAC, "v1", "ClusterRoleBinding", "clusterrolebindings", namespaced=False)
ROLES: Final = Kind(_RBAC, "v1", "Role", "roles")
BINDINGS: Final = Kind(_RBAC, "v1", "RoleBinding", "rolebindings")
ACCOUNTS: Final = Kind("", "v1", "ServiceAccount", "serviceaccounts")
