/** Tests of the embedded servers, on the version that is on the class path. */
@NullMarked
package dev.entwine.embedded;

import org.jspecify.annotations.NullMarked;
