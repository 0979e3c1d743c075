/** What is carried comes out as it went in, from memory and from files. */
@NullMarked
package dev.entwine.carrier;

import org.jspecify.annotations.NullMarked;
