namespace Headgate.Portal;

/// <summary>How fast attempts moved bytes.</summary>
public static class Throughputs
{
    /// <summary>What was sent and received, over the attempt's time, such as <c>12 MiB/s</c>. Null where nothing was moved, or no time passed.</summary>
    public static string? Of(AttemptInfo attempt, DateTimeOffset now)
    {
        var seconds = ((attempt.Ended ?? now) - attempt.Started).TotalSeconds;
        var bytes = Sizes.Sum(attempt.Path.Select(step => step.BytesUp).Concat(attempt.Path.Select(step => step.BytesDown)));
        return bytes > 0 && seconds > 0 ? Sizes.Rate(bytes / seconds) : null;
    }
}
