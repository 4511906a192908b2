namespace Headgate.Gateway.Limits;

/// <summary>
/// One connection's place in <see cref="ConnectionLimits"/>. A value that is changed in place: it lives in one field of its connection, is never copied
/// after the first call, and is given back by <see cref="Dispose"/> exactly once, by whoever ends the connection. Not safe for concurrent use.
/// </summary>
internal struct Admission : IDisposable
{
    private readonly ConnectionLimits? _limits;
    private readonly SourceKey _source;
    private string? _tenant;
    private State _state;

    internal Admission(ConnectionLimits limits, SourceKey source)
    {
        (_limits, _source) = (limits, source);
        _state = State.Handshake;
    }

    private enum State : byte
    {
        None,
        Handshake,
        Led,
    }

    /// <summary>Whether there is a place to give back.</summary>
    public readonly bool IsHeld => _state != State.None;

    /// <summary>
    /// The connection was led to a target: it no longer counts as a handshake, and counts as one of <paramref name="tenant"/> (null: of nobody, which has
    /// no limit). False when the tenant has as many as it may: then it goes on counting as a handshake until it is disposed.
    /// </summary>
    /// <param name="tenant">Whose connection it is.</param>
    /// <param name="refusal">On false: <see cref="Refusal.TenantLimit"/>.</param>
    public bool TryLead(string? tenant, out Refusal refusal)
    {
        refusal = default;
        if (_state != State.Handshake)
        {
            return _state == State.Led;
        }

        if (!_limits!.TryLead(_source, tenant))
        {
            refusal = Refusal.TenantLimit;
            return false;
        }

        (_tenant, _state) = (tenant, State.Led);
        return true;
    }

    /// <summary>Gives the place back. Does nothing the second time.</summary>
    public void Dispose()
    {
        if (_state == State.None)
        {
            return;
        }

        _limits!.Leave(_source, isHandshake: _state == State.Handshake, _tenant);
        (_tenant, _state) = (null, State.None);
    }
}
