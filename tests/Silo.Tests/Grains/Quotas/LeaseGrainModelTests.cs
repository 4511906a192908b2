using FsCheck;
using FsCheck.Fluent;

namespace Headgate.Silo.Tests.Grains.Quotas;

/// <summary>The same model over the real grain: two activations in two silos over one database, whose writes fail before and after they got there.</summary>
public sealed class LeaseGrainModelTests
{
    private const int Sequences = 30;
    private const int Steps = 60;

    [Fact]
    public async Task Leases_OfTwoActivationsOverOneDatabase_NeverGoAboveTheLimit()
    {
        var (silos, restores) = await GrainSilo.StartAsync();
        await using var one = silos[0];
        await using var two = silos[1];
        await one.AddRepositoryAsync("rep1");
        var (raises, number) = (0, 0);

        // FsCheck's runner waits for each property; it must not do so on a thread that the engine needs.
        await Task.Factory.StartNew(
            () => Prop.ForAll(LeaseOperations.Sequences(Steps), operations =>
            {
                var tenant = $"t{Interlocked.Increment(ref number)}";
                raises += RunAsync(tenant, operations).GetAwaiter().GetResult();
            }).Check(Config.QuickThrowOnFailure.WithMaxTest(Sequences).WithQuietOnSuccess(true)),
            CancellationToken.None,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default);

        Assert.True(raises > Sequences, $"{raises} raises");

        async Task<int> RunAsync(string tenant, LeaseOperation[] operations)
        {
            await one.AddTenantAsync(tenant, "rep1", "laptop");
            var model = new LeaseModel(new GrainSilo(silos, restores, tenant, "rep1"));
            await model.RunAsync(operations);
            return model.Raises;
        }
    }
}
