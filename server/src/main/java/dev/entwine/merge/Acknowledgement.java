package dev.entwine.merge;

import dev.entwine.model.Position;
import dev.entwine.model.Stamp;

/**
 * A place in a site's log before which nothing will be read again.
 *
 * @param position the last place that is not needed
 * @param clock    the site's clock there: a restart goes on from it, so that what is read again gets the stamps that it had
 */
public record Acknowledgement(Position position, Stamp clock) {}
