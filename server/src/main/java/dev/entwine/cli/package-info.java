/**
 * The command line: one class per command. In: arguments, the environment, a configuration. Out: text or JSON on the standard
 * streams, which nobody else writes to, and an exit code: 0 fine, 1 failed, 2 wrong usage or configuration, 3 found differences,
 * conflicts or problems. Start reading at {@link dev.entwine.cli.Main}.
 */
@NullMarked
package dev.entwine.cli;

import org.jspecify.annotations.NullMarked;
