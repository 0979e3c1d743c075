/** Decisions of the policies and net changes, each by itself. */
@NullMarked
package dev.entwine.merge;

import org.jspecify.annotations.NullMarked;
