// What things are called, for people.

export const KINDS = {
  insert_insert: 'Both sites made the same row',
  update_update: 'Both sites changed the same row',
  update_delete: 'One site changed a row that the other deleted',
  delete_update: 'One site deleted a row that the other changed',
  delete_delete: 'Both sites deleted the same row',
  unique: 'Two rows claimed one unique value',
  foreign_key: 'A row referred to one that was deleted',
  check: 'A merged row would have broken a check',
  transaction: 'It was part of a transaction that lost',
  object: 'It was part of an object that lost',
  repair: 'It differed and was repaired',
};

export const kind = (entry) => KINDS[entry.kind] ?? entry.kind;

/** Whose version lost, as far as one did. */
export const losers = (entry) => (entry.losers ?? []).map((each) => each.site);

export const columns = (...images) => [...new Set(images.flatMap((image) => Object.keys(image ?? {})))];

/** The columns in which the versions differ from each other. */
export function differing(entry) {
  const images = (entry.versions ?? []).map((version) => version.image);
  return columns(...images).filter((column) => new Set(images.map((image) => image?.[column] ?? null)).size > 1);
}

/** Where something was lost: what the loser had changed and stands otherwise now, first of all what it alone had changed. */
export function lostColumns(entry) {
  const loser = (entry.versions ?? []).find((version) => losers(entry).includes(version.site));
  const winner = (entry.versions ?? []).find((version) => version !== loser);
  const changed = (version, column) => !version?.before || version.before[column] !== version.image?.[column];
  const lost = differing(entry).filter((column) => changed(loser, column));
  const alone = lost.filter((column) => !changed(winner, column));
  return alone.length ? alone : lost;
}

/** In one sentence. */
export function outcome(entry) {
  const lost = losers(entry).join(' and ');
  if (entry.status === 'open') return 'Nobody has decided it yet; for now a version stands that is the same everywhere.';
  if (entry.status === 'undone') return `${lost || 'What had lost'} was brought back and stands now.`;
  if (entry.winner === 'merged') return 'Both went into the row.';
  return `The version of ${entry.winner} stands; that of ${lost} was lost, and is kept here.`;
}

export const STATUS = {open: ['open', 'bad'], decided: ['decided', ''], undone: ['brought back', 'good']};
