using System.Diagnostics.CodeAnalysis;
using Headgate.Protocol.Resume;

namespace Headgate.Repository.Resume;

/// <summary>
/// Sessions that are over, remembered for as long as somebody may come back to one who was away when it ended: such a connector is told how it ended, and not
/// that nobody knows it. Told to its own connector on its own route only; to others there never was such a session. Safe for concurrent use.
/// </summary>
internal sealed class EndedSessions(TimeSpan keep, TimeProvider time)
{
    /// <summary>About 2 MiB of them; the oldest go first, and are unknown then.</summary>
    public const int Most = 10_000;

    private readonly Lock _gate = new();
    private readonly Queue<(UInt128 Id, long At)> _order = new();
    private readonly Dictionary<UInt128, (ResumeBinding Owner, string Sentence)> _ended = [];

    /// <summary>How many are remembered.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
            {
                Forget();
                return _ended.Count;
            }
        }
    }

    /// <summary>Remembers one.</summary>
    public void Add(UInt128 id, ResumeBinding owner, SessionEnd end)
    {
        lock (_gate)
        {
            Forget();
            if (_ended.Count == Most)
            {
                _ended.Remove(_order.Dequeue().Id);
            }

            if (_ended.TryAdd(id, (owner, Say(end))))
            {
                _order.Enqueue((id, time.GetTimestamp()));
            }
        }
    }

    /// <summary>How a session ended, in words for its owner.</summary>
    public bool TryFind(UInt128 id, ResumeBinding owner, [NotNullWhen(true)] out string? sentence)
    {
        lock (_gate)
        {
            Forget();
            sentence = _ended.TryGetValue(id, out var found) && found.Owner == owner ? found.Sentence : null;
            return sentence is not null;
        }
    }

    private void Forget()
    {
        while (_order.TryPeek(out var oldest) && time.GetElapsedTime(oldest.At) > keep)
        {
            _ended.Remove(_order.Dequeue().Id);
        }
    }

    private string Say(SessionEnd end) => (end.Kind, end.Fault) switch
    {
        (SessionEndKind.Completed, _) => "This stream was complete and has ended.",
        (SessionEndKind.ResetByUs, ResumeFault.Expired) => "This stream was given up: its connector was here on other streams of the run and did not come back to it. Send again what was under way.",
        (SessionEndKind.Expired, _) => $"Nobody came back to this stream within {WaitText.Say(keep)} (set by --session-wait), so it was given up. Send again what was under way.",
        (SessionEndKind.ResetByPeer, _) => "This stream has ended: its own end reset it. Send again what was under way.",
        _ => $"This stream has ended: {end.Sentence} Send again what was under way.",
    };
}
