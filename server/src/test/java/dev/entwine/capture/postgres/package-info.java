/** Tests of the log reader on real servers of every supported version. */
@NullMarked
package dev.entwine.capture.postgres;

import org.jspecify.annotations.NullMarked;
