/** The whole engine on real servers, killed and cut as it pleases. */
@NullMarked
package dev.entwine.engine;

import org.jspecify.annotations.NullMarked;
