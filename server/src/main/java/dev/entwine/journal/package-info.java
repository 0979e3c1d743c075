/**
 * What users do with conflicts. In: table {@code entwine.conflict} of any site, and the users' rows. Out: entries; rows as one site
 * knows them; revisions, which are ordinary transactions at one site that the engine carries to all others. Owned by the command's
 * thread. Start reading at {@link dev.entwine.journal.Journal}, then {@link dev.entwine.journal.Reviser}.
 */
@NullMarked
package dev.entwine.journal;

import org.jspecify.annotations.NullMarked;
