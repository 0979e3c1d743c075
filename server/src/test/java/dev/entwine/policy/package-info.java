/** Decisions of the policies and net changes, each by itself. */
@NullMarked
package dev.entwine.policy;

import org.jspecify.annotations.NullMarked;
