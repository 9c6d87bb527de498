// What a scan can tell without knowing the page: ids, references, and whether letters can be read.
() => {
  const wrong = [], ids = [...document.querySelectorAll('[id]')].map((each) => each.id);
  for (const id of new Set(ids)) if (ids.filter((one) => one === id).length > 1) wrong.push(`two elements are ${id}`);
  for (const each of document.querySelectorAll('[for],[aria-controls],[aria-describedby],[form]')) {
    const named = ['for', 'aria-controls', 'aria-describedby', 'form'].flatMap((name) => (each.getAttribute(name) || '').split(' '));
    for (const id of named) if (id && !document.getElementById(id)) wrong.push(`nothing is ${id}`);
  }
  if (document.querySelectorAll('h1').length !== 1) wrong.push('one h1');
  const channels = (text) => (text.match(/[\d.]+/g) || []).map(Number);
  const light = ([r, g, b]) => [r, g, b].map((c) => c / 255).map((c) => c <= .04045 ? c / 12.92 : ((c + .055) / 1.055) ** 2.4)
    .reduce((sum, c, place) => sum + c * [.2126, .7152, .0722][place], 0);
  const ground = (each) => {
    for (let at = each; at; at = at.parentElement) {
      const style = getComputedStyle(at).backgroundColor;
      if (style.startsWith('rgb')) { const [r, g, b, a = 1] = channels(style); if (a === 1) return [r, g, b]; }
      else return null; // a mixed colour: not judged
    }
    return [255, 255, 255];
  };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const each = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || !each.checkVisibility({ opacityProperty: true, visibilityProperty: true }) || each.closest('.away')) continue;
    const under = ground(each), style = getComputedStyle(each);
    if (!under || !style.color.startsWith('rgb(')) continue;
    const [a, b] = [light(channels(style.color)), light(under)], ratio = (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
    if (ratio < (parseFloat(style.fontSize) >= 24 ? 3 : 4.5)) wrong.push(`${ratio.toFixed(2)} for ${walker.currentNode.data.trim().slice(0, 30)}`);
  }
  return wrong;
}
