// Samples as they come, and the last five minutes of them.

import {get} from './api.js';

const KEPT_MAX = 300;
const SILENCE_MS_MAX = 15000;
export const samples = [];
const listeners = new Set();
let source = null;
let heard = 0;
let watch = null;
let lost = () => {};

export const latest = () => samples[samples.length - 1];

/** Calls back with each sample until the function that is returned is called. */
export function listen(then) {
  listeners.add(then);
  if (samples.length) then(latest());
  return () => listeners.delete(then);
}

function take(sample) {
  samples.push(sample);
  if (samples.length > KEPT_MAX) samples.shift();
  listeners.forEach((then) => then(sample));
}

function connect(ended) {
  source?.close();
  source = new EventSource('/api/events');
  source.addEventListener('sample', (event) => {
    heard = Date.now();
    lost(false);
    take(JSON.parse(event.data));
  });
  source.addEventListener('ended', () => { stop(); ended(); });
  source.addEventListener('error', () => {
    lost(true);
    if (source?.readyState === EventSource.CLOSED) get('/api/session').catch((failure) => { if (failure.status === 401) { stop(); ended(); } });
  });
}

/** Begins to listen; told when the connection is lost and found again, and when the session has ended. */
export async function start(onLost, onEnded) {
  lost = onLost;
  samples.length = 0;
  const history = await get('/api/history');
  history.samples.forEach(take);
  heard = Date.now();
  connect(onEnded);
  watch = setInterval(() => {
    if (Date.now() - heard > SILENCE_MS_MAX) {
      lost(true);
      heard = Date.now();
      connect(onEnded);
    }
  }, 3000);
}

export function stop() {
  source?.close();
  clearInterval(watch);
}
