/** Tests of what speaks SQL, on real servers. */
@NullMarked
package dev.entwine.db;

import org.jspecify.annotations.NullMarked;
