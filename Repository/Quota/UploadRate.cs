namespace Headgate.Repository.Quota;

/// <summary>Bytes a second that were set aside lately: what lies a time constant back counts for a third. Not for concurrent use.</summary>
internal sealed class UploadRate(TimeProvider time)
{
    private static readonly TimeSpan s_constant = TimeSpan.FromSeconds(10);
    private long _last = time.GetTimestamp();
    private double _bytes;

    /// <summary>Bytes a second.</summary>
    public double Now
    {
        get
        {
            Decay();
            return _bytes / s_constant.TotalSeconds;
        }
    }

    /// <summary>Adds what was set aside now.</summary>
    public void Add(long bytes)
    {
        Decay();
        _bytes += bytes;
    }

    private void Decay()
    {
        var now = time.GetTimestamp();
        _bytes *= Math.Exp(-time.GetElapsedTime(_last, now) / s_constant);
        _last = now;
    }
}
