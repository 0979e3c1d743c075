package dev.entwine.console;

import dev.entwine.config.ConsoleSettings;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Who may come in. An invitation is used once, within an hour, and becomes a session of a browser; programs come with a token of the
 * configuration. Nothing is kept over a restart. Safe from any thread: all under one monitor.
 */
final class Access {
    static final Duration SESSION = Duration.ofHours(12);
    static final Duration INVITATION = Duration.ofHours(1);

    /** Of each kind; beyond it the oldest go. */
    private static final int KEPT_MAX = 1_000;

    private static final int SECRET_BYTES = 24;

    private final SecureRandom random = new SecureRandom();
    private final InstantSource clock;
    private final ConsoleSettings settings;
    /** Oldest first, as the sessions. */
    private final Map<String, Invitation> invitations = new LinkedHashMap<>();

    private final Map<String, Session> sessions = new LinkedHashMap<>();
    private int named;

    Access(ConsoleSettings settings, InstantSource clock) {
        this.settings = settings;
        this.clock = clock;
    }

    private record Invitation(Role role, Instant until) {}

    /**
     * Somebody who has come in.
     *
     * @param name for the audit log
     * @param csrf what a page has to send with everything that changes something; empty for programs, whose token no browser sends
     */
    record Session(String name, Role role, String csrf, Instant until) {}

    /** A session, and the secret by which the browser is known from now on. */
    record Opened(String secret, Session session) {}

    /** A secret that opens one session. */
    synchronized String invite(Role role) {
        invitations.values().removeIf(invitation -> !invitation.until().isAfter(clock.instant()));
        makeRoom(invitations);
        String secret = secret();
        invitations.put(digest(secret), new Invitation(role, clock.instant().plus(INVITATION)));
        return secret;
    }

    synchronized Optional<Opened> open(String token) {
        Invitation invitation = invitations.remove(digest(token));
        Role role = invitation != null && invitation.until().isAfter(clock.instant())
                ? invitation.role()
                : configured(token).orElse(null);
        if (role == null) {
            return Optional.empty();
        }
        sessions.values().removeIf(session -> !session.until().isAfter(clock.instant()));
        makeRoom(sessions);
        named++;
        Session session = new Session(
                role.word() + "-" + named, role, secret(), clock.instant().plus(SESSION));
        String secret = secret();
        sessions.put(digest(secret), session);
        return Optional.of(new Opened(secret, session));
    }

    private static void makeRoom(Map<String, ?> kept) {
        if (kept.size() >= KEPT_MAX) {
            kept.remove(kept.keySet().iterator().next());
        }
    }

    synchronized Optional<Session> bySecret(String secret) {
        return Optional.ofNullable(sessions.get(digest(secret)))
                .filter(session -> session.until().isAfter(clock.instant()));
    }

    synchronized void end(String secret) {
        sessions.remove(digest(secret));
    }

    /** A program that sends a token of the configuration with each request. */
    Optional<Session> byToken(String token) {
        return configured(token).map(role -> new Session(role.word() + "-token", role, "", Instant.MAX));
    }

    private Optional<Role> configured(String token) {
        if (isSame(settings.operatorToken(), token)) {
            return Optional.of(Role.OPERATOR);
        }
        return isSame(settings.viewerToken(), token) ? Optional.of(Role.VIEWER) : Optional.empty();
    }

    /** Takes as long whatever was given. */
    private static boolean isSame(Optional<String> wanted, String given) {
        return wanted.isPresent()
                && MessageDigest.isEqual(
                        digest(wanted.get()).getBytes(StandardCharsets.US_ASCII),
                        digest(given).getBytes(StandardCharsets.US_ASCII));
    }

    private String secret() {
        byte[] bytes = new byte[SECRET_BYTES];
        random.nextBytes(bytes);
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }

    private static String digest(String secret) {
        try {
            return Base64.getEncoder()
                    .encodeToString(
                            MessageDigest.getInstance("SHA-256").digest(secret.getBytes(StandardCharsets.UTF_8)));
        } catch (java.security.NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
