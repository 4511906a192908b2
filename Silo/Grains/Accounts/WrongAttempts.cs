namespace Headgate.Silo.Grains.Accounts;

/// <summary>
/// How an account is locked: 5 wrong attempts lock it for 5 minutes, each further 5 for twice as long as the time before, up to an hour. Only a full sign-in, the user's proof of the
/// password or an administrator's reset forgets them.
/// </summary>
/// <param name="Count">Wrong attempts since the last lock.</param>
/// <param name="Rounds">Locks so far.</param>
/// <param name="LockedUntil">When the last lock ends or ended.</param>
[GenerateSerializer, Immutable, Alias("headgate.wrong-attempts")]
internal sealed record WrongAttempts(int Count, int Rounds, DateTimeOffset? LockedUntil)
{
    public const int Allowed = 5;

    private static readonly TimeSpan s_first = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan s_longest = TimeSpan.FromHours(1);

    public static WrongAttempts None { get; } = new(0, 0, null);

    /// <summary>When the lock ends, or null when there is none at <paramref name="now"/>.</summary>
    public DateTimeOffset? LockedAt(DateTimeOffset now) => LockedUntil > now ? LockedUntil : null;

    /// <summary>One more.</summary>
    public WrongAttempts Another(DateTimeOffset now)
    {
        if (Count + 1 < Allowed)
        {
            return this with { Count = Count + 1 };
        }
        // Beyond a handful of doublings the hour is what counts; the shift stays small.
        var time = s_first * (1 << Math.Min(Rounds, 10));
        return new WrongAttempts(0, Rounds + 1, now + (time < s_longest ? time : s_longest));
    }
}
