namespace Headgate.Portal;

/// <summary>How something live stands, whatever it is.</summary>
public interface ILive
{
    /// <summary>Whether neither an answer nor a refusal has come yet.</summary>
    bool IsLoading { get; }

    /// <summary>Why the answer was refused, or null.</summary>
    RefusedException? Refusal { get; }

    /// <summary>Whether the answer could not be read again: it is what was known at <see cref="At"/>.</summary>
    bool IsStale { get; }

    /// <summary>When the answer was read.</summary>
    DateTimeOffset At { get; }
}
