/**
 * What really happened at a site, told by the server's own {@code test_decoding} and by nothing of the engine: in, a site's log; out,
 * its {@linkplain dev.entwine.testkit.witness.Commit commits} in order, each with what it found and left in every row. One thread
 * owns a witness. Start reading at {@link dev.entwine.testkit.witness.Witness}.
 */
@NullMarked
package dev.entwine.testkit.witness;

import org.jspecify.annotations.NullMarked;
