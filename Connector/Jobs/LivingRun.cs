using Headgate.Protocol.Tenant;

namespace Headgate.Connector.Jobs;

/// <summary>A run under way, as other processes of this machine see it: as long as its process lives nobody else tells its end, and when that was killed others know what to tell.</summary>
internal sealed class LivingRun(UntoldEnds ends, string job, long run, FileStream held) : IDisposable
{
    /// <summary>Keeps what is to be told if this process is killed from now on.</summary>
    public void KeepKilled(FinishRequest request) => ends.TryKeep(job, run, request);

    public void Dispose() => ends.Release(held);
}
