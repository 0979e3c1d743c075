import {get} from '../api.js';
import {h, ms, number, replace, table} from '../dom.js';

const CUTS = [['60', '1 minute'], ['600', '10 minutes'], ['3600', '1 hour'], ['28800', '8 hours'], ['86400', '1 day']];

export function show(main, query) {
  const cut = query.cut ?? '600';
  const result = h('div', {'aria-live': 'polite'}, h('p', {class: 'empty'}, 'Loading …'));
  const choice = h('select', {onchange: (event) => { location.hash = `#/forecast?cut=${event.currentTarget.value}`; }}, CUTS.map(([seconds, words]) => h('option', {value: seconds, selected: seconds === cut}, words)));
  replace(main, h('h1', null, 'Forecast'), h('p', {class: 'soft'}, 'How many collisions are to be expected, from the keys that each site has changed lately and from how long changes took to arrive.'), result);
  get('/api/forecast', {cut_seconds: cut}).then((found) => {
    const rows = found.tables.map((each) => h('tr', null, h('td', null, h('strong', null, each.table)), h('td', {class: 'num'}, number(each.changes_per_second)),
      h('td', {class: 'num'}, number(each.collisions_per_hour)), h('td', {class: 'num'}, number(each.observed_per_hour)),
      h('td', {class: 'num'}, each.latencies.map((link) => h('div', null, `${link.from} → ${link.to} ${ms(link.latency_ms)}`)))));
    replace(result,
      h('div', {class: 'grid'},
        h('section', {class: 'card'}, h('h2', null, 'Collisions an hour'), h('p', null, h('strong', {class: 'big'}, number(found.collisions_per_hour)), ' expected, ', h('strong', null, number(found.observed_per_hour)), ' observed'),
          h('p', {class: 'faint'}, `seen for ${ms(found.seen_ms)}; what is older than ten minutes counts half or less`),
          h('p', {class: 'faint'}, 'Sites are thought to choose their rows independently of each other.')),
        h('section', {class: 'card'}, h('h2', null, 'If the sites did not hear of each other'), h('label', null, 'for', choice),
          h('p', null, h('strong', null, number(found.cut.rows)), ' rows would be changed at more than one site, in ', h('strong', null, number(found.cut.collisions)), ' collisions.'))),
      h('section', {class: 'card'}, h('h2', null, 'By table'), rows.length ? table(['Table', '>Changes a second', '>Expected an hour', '>Observed an hour', '>Mean latency'], rows) : h('p', {class: 'empty'}, 'Nothing has been changed yet.')),
      h('section', {class: 'card'}, h('h2', null, 'Where another policy would help most'), found.advice.length ? h('ul', {class: 'todo'}, found.advice.map((each) => h('li', null,
        h('span', null, h('strong', null, each.table), ' (', h('code', null, each.policy), '): ', each.in_words), h('span', {class: 'soft'}, `${number(each.conflicts)} conflicts looked at`)))) : h('p', {class: 'empty'}, 'There are no conflicts to learn from.')));
  }).catch((failure) => replace(result, h('section', {class: 'card'}, failure.message)));
  return () => {};
}
