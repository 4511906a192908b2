namespace Headgate.Portal;

/// <summary>
/// Something that pages show and that changes under them. Queries are compared by value: equal ones share one read, however many pages ask.
/// </summary>
/// <typeparam name="T">The answer, immutable.</typeparam>
public abstract record LiveQuery<T>
{
    /// <summary>How often to read again without a change in storage, for what is not stored (loads, progress); null for never.</summary>
    public virtual TimeSpan? Refresh => null;

    /// <summary>Whether the answer may be another after <paramref name="change"/>.</summary>
    public abstract bool IsTouchedBy(Change change);

    /// <summary>Reads the answer.</summary>
    public abstract Task<T> ReadAsync(IGrainFactory grains, CancellationToken cancellationToken);
}
