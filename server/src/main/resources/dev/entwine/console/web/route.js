// Which view the address names.

export function current() {
  const [name, query] = location.hash.replace(/^#\/?/, '').split('?');
  return {name: name || 'overview', query: Object.fromEntries(new URLSearchParams(query ?? ''))};
}

export function go(name, query) {
  const known = Object.entries(query ?? {}).filter(([, text]) => text);
  location.hash = `#/${name}${known.length ? `?${new URLSearchParams(known)}` : ''}`;
}
