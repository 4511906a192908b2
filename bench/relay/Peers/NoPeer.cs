namespace Headgate.Relay.Bench.Peers;

/// <summary>No relay: straight to the target.</summary>
internal sealed class NoPeer(int targetPort) : Peer(None, targetPort)
{
    public const string None = "none";

    public override IReadOnlyList<int> Pids => [];

    public override void MustBeAlive()
    {
    }

    protected override Task<ChildProcess?> LaunchAsync() => Task.FromResult<ChildProcess?>(null);
}
