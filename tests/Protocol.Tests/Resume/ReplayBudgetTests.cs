using Headgate.Protocol.Resume;

namespace Headgate.Protocol.Tests.Resume;

public sealed class ReplayBudgetTests
{
    [Fact]
    public void Take_AfterABlockWasReturned_LendsThatOneAgain()
    {
        var budget = new ReplayBudget(1 << 20);
        var (first, second) = (budget.Take(), budget.Take());
        Assert.NotSame(first, second);
        Assert.Equal(2 * ReplayBudget.BlockBytes, budget.Held);

        budget.Return(first, isReusable: true);
        budget.Return(second, isReusable: false);

        Assert.Equal(0, budget.Held);
        Assert.Same(first, budget.Take());
        Assert.NotSame(second, budget.Take());
    }

    /// <summary>After a rush the memory goes back to the collector, but for a few megabytes.</summary>
    [Fact]
    public void Return_OfManyBlocks_KeepsAFewMegabytesOfThem()
    {
        var budget = new ReplayBudget(0);
        var blocks = Enumerable.Range(0, 1000).Select(_ => budget.Take()).ToHashSet();
        foreach (var block in blocks)
        {
            budget.Return(block, isReusable: true);
        }

        Assert.Equal(0, budget.Held);
        Assert.InRange(Enumerable.Range(0, 1000).Count(_ => blocks.Contains(budget.Take())), 16, 64);
    }
}
