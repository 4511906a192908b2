namespace Headgate.Portal;

/// <summary>
/// What one component shows of a query, kept up to date until the component goes. Belongs to the component's circuit; made by <see cref="LiveComponent.Live"/>.
/// </summary>
/// <typeparam name="T">The answer.</typeparam>
public sealed class Live<T> : ILive, IDisposable
{
    private readonly LiveHub _hub;
    private readonly Func<Action, Task> _render;
    private LiveQuery<T>? _query;
    private IDisposable? _watching;
    private LiveValue<T> _latest = LiveValue<T>.None;

    internal Live(LiveHub hub, Func<Action, Task> render) => (_hub, _render) = (hub, render);

    /// <summary>Called, on the circuit, after an answer has arrived and before the component renders.</summary>
    public Action<T>? Changed { get; set; }

    /// <summary>The last good answer; default until there is one.</summary>
    public T? Value => _latest.Value;

    /// <summary>Whether there is an answer to show.</summary>
    public bool HasValue => _latest.HasValue;

    /// <summary>Whether neither an answer nor a refusal has come yet.</summary>
    public bool IsLoading => !_latest.HasValue && _latest.Refusal is null;

    /// <summary>Why the answer was refused, or null.</summary>
    public RefusedException? Refusal => _latest.Refusal;

    /// <summary>Whether the answer could not be read again: it is what was known at <see cref="At"/>.</summary>
    public bool IsStale => _latest.IsStale;

    /// <summary>When the answer was read.</summary>
    public DateTimeOffset At => _latest.At;

    /// <summary>
    /// Watches <paramref name="query"/> in the place of the one before; nothing happens when they are equal. The old answer stays in sight until the
    /// new one comes, so that nothing jumps.
    /// </summary>
    public void Show(LiveQuery<T> query)
    {
        if (query.Equals(_query))
        {
            return;
        }

        _watching?.Dispose();
        _query = query;
        _watching = _hub.Watch(query, value => _render(() => Take(query, value)));
    }

    /// <inheritdoc/>
    public void Dispose() => _watching?.Dispose();

    private void Take(LiveQuery<T> query, LiveValue<T> value)
    {
        // An answer to a query that this one has left.
        if (!ReferenceEquals(query, _query))
        {
            return;
        }

        _latest = value;
        if (value.HasValue)
        {
            Changed?.Invoke(value.Value!);
        }
    }
}
