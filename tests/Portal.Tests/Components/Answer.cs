namespace Headgate.Portal.Tests;

/// <summary>How something live stands, as the test says.</summary>
internal sealed record Answer(bool IsLoading = false, RefusedException? Refusal = null, bool IsStale = false) : ILive
{
    public DateTimeOffset At => DateTimeOffset.UnixEpoch;
}
