/**
 * The demonstration's two servers and the sample shop that is written at both of them, with collisions. Start reading at {@link
 * dev.entwine.demo.DemoServers}.
 */
@NullMarked
package dev.entwine.demo;

import org.jspecify.annotations.NullMarked;
