namespace Headgate.Silo.Grains;

internal static class TimeProviderExtensions
{
    /// <summary>The time as storage keeps it, so that what is answered before and after a restart is the same.</summary>
    public static DateTimeOffset NowInMilliseconds(this TimeProvider time) =>
        DateTimeOffset.FromUnixTimeMilliseconds(time.GetUtcNow().ToUnixTimeMilliseconds());
}
