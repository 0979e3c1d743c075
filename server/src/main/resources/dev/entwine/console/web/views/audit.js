import {get, isOperator, post} from '../api.js';
import {clock, h, replace, table, toast} from '../dom.js';

export function show(main) {
  const list = h('section', {class: 'card'}, h('p', {class: 'empty'}, 'Loading …'));
  const link = h('p', {class: 'mono'});
  const invite = async (role) => {
    try {
      const made = await post('/api/invitations', {role});
      replace(link, `${location.origin}/#setup=${made.token}`);
    } catch (failure) {
      toast(failure.message, true);
    }
    load();
  };
  const load = () => get('/api/audit').then(({entries}) => replace(list, h('h2', null, 'Who has done what'),
    table(['When', 'Who', 'What', 'Outcome'], entries.map((entry) => h('tr', null, h('td', null, clock(entry.at)), h('td', null, entry.by), h('td', null, h('code', null, entry.what)), h('td', null, entry.outcome)))),
    h('p', {class: 'faint'}, 'The last thousand since the start; the program’s log has all of them.'))).catch((failure) => replace(list, h('p', {class: 'empty'}, failure.message)));
  replace(main, h('h1', null, 'Access'), isOperator() && h('section', {class: 'card'}, h('h2', null, 'Invite somebody'),
    h('p', {class: 'soft'}, 'Makes a link that opens this page once, within an hour. A viewer sees no values of rows and can do nothing.'),
    h('div', {class: 'actions'}, h('button', {type: 'button', onclick: () => invite('viewer')}, 'Invite a viewer'), h('button', {type: 'button', onclick: () => invite('operator')}, 'Invite an operator')), link), list);
  load();
  return () => {};
}
