namespace Headgate.EndToEnd.Tests.Standing;

/// <summary>Several at once.</summary>
internal sealed class Flows : IAsyncDisposable
{
    private readonly List<Flow> _all = [];

    public void Add(params IEnumerable<Flow> flows) => _all.AddRange(flows);

    public void AreAlive() => Assert.All(_all, flow => Assert.True(flow.IsAlive));

    public async Task EndAsync(World world)
    {
        foreach (var flow in _all)
        {
            await flow.EndsAsync(world);
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var flow in _all)
        {
            await flow.DisposeAsync();
        }
    }
}
