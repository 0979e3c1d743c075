/** Tests of the test tools themselves: a tool that does not fail when it should proves nothing. */
@NullMarked
package dev.entwine.testkit;

import org.jspecify.annotations.NullMarked;
