/** Real database servers started from archives on free loopback ports, for the demo and for tests. */
@NullMarked
package dev.entwine.embedded;

import org.jspecify.annotations.NullMarked;
