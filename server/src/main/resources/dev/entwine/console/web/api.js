// Asks the API. A session stands in a cookie that scripts cannot read; the csrf value goes with everything that changes something.

export const session = {role: null, name: '', csrf: ''};

export class Failure extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

let onEnd = () => {};
export const whenEnded = (then) => { onEnd = then; };

async function ask(method, path, body) {
  let response;
  try {
    response = await fetch(path, {
      method,
      headers: body === undefined ? {} : {'Content-Type': 'application/json', 'X-Entwine-Csrf': session.csrf},
      body: body === undefined ? undefined : JSON.stringify(body),
    });
  } catch {
    throw new Failure(0, 'the console cannot be reached');
  }
  const document = await response.json().catch(() => ({error: `the console answered with ${response.status}`}));
  if (!response.ok) {
    if (response.status === 401 && path !== '/api/session') onEnd();
    throw new Failure(response.status, document.error ?? 'refused');
  }
  return document;
}

export const get = (path, query) => {
  const known = Object.entries(query ?? {}).filter(([, text]) => text !== '' && text !== undefined && text !== null);
  return ask('GET', known.length ? `${path}?${new URLSearchParams(known)}` : path);
};
export const post = (path, body) => ask('POST', path, body ?? {});

export async function open(token) {
  Object.assign(session, token ? await post('/api/session', {token}) : await get('/api/session'));
}

export async function leave() {
  await ask('DELETE', '/api/session', {});
}

export const isOperator = () => session.role === 'operator';
