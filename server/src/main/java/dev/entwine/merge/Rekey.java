package dev.entwine.merge;

import dev.entwine.model.Position;
import dev.entwine.model.TableId;

/**
 * A row that got another id at the site that had inserted it, with all that refers to it, before it reached any other site. What that
 * site's log says from the insertion up to the transaction is read as if the row had had the new id from the beginning.
 *
 * @param from        the id as the log has it; the text of a key of one column
 * @param to          the id that the row has now
 * @param since       the place in the site's log where the row was inserted
 * @param transaction the number at the site of the transaction that changed the id
 */
public record Rekey(TableId table, String from, String to, Position since, int transaction) {}
