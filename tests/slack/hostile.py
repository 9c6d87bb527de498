"""Texts that mean harm, or only mean it in another script."""

from typing import Final

TEXTS: Final = {
    "nothing": "",
    "blank": " \t\n ",
    "channel ping": "<!channel> <!here> <!everyone> <!subteam^S1> <@U024BE7LH>",
    "forged link": "<https://evil.example/|https://bank.example/>",
    "marks": "*bold* _it_ ~no~ `code` ```\nblock\n``` > quote :fire:",
    "entities": "&amp; &lt;!channel&gt; &&& <<< >>>",
    "controls": "a\x00b\x07c\x1b[31mred\x1b[0m\x9fd\r\ne\x85f\u2028g",
    "bidi override": "invoice\u202egpj.exe\u202c \u2067reversed\u2069 \u200fmark",
    "invisible": "a\u200b\ufeff\u2060b" + "".join(chr(0xE0000 + ord(letter)) for letter in "spy"),
    "half characters": "broken \ud83d and \udc00",
    "arabic": "تعطل خدمة الدفع منذ الساعة الثالثة صباحا " * 20,
    "hebrew": "שירות התשלומים אינו זמין " * 20,
    "japanese": "検索が遅くなっています。" * 60,
    "emoji": "👩‍👩‍👧‍👦🏳️‍🌈🇩🇪" * 60,
    "zalgo": "p\u0336\u0321\u0328a\u0337\u0322ge" * 100,
    "one long word": "/srv/" + "x" * 5000,
    "long": "The checkout answers with errors. " * 400,
    "pipes": "a|b|c [x](javascript:alert(1)) {{7*7}} ${jndi:ldap://x}",
    "quotes": "\"';--<script>alert(1)</script>",
    "date": "<!date^1^{time}|x>",
    "only ampersands": "&" * 400,
}
