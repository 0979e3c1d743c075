/**
 * What users do with conflicts. In: table {@code entwine.conflict} of any site. Out: entries, newest first. Start reading at
 * {@link dev.entwine.journal.Journal}.
 */
@NullMarked
package dev.entwine.journal;

import org.jspecify.annotations.NullMarked;
