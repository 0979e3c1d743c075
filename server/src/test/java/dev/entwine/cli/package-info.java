/** Tests of the commands as a user runs them, on real servers. */
@NullMarked
package dev.entwine.cli;

import org.jspecify.annotations.NullMarked;
