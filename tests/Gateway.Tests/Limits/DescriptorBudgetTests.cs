using System.Diagnostics;
using System.Globalization;
using Headgate.Gateway.Limits;
using Headgate.Gateway.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;

namespace Headgate.Gateway.Tests.Limits;

public sealed class DescriptorBudgetTests
{
    private int _again;

    [Fact]
    public void TryTake_WhenTheRestIsTaken_LeavesTheReserve()
    {
        var budget = Budget(limit: 400, inUse: 70, reserve: 228);
        Assert.Equal((400L, 165), (budget.Limit, budget.Capacity));
        for (var i = 0; i < 82; i++)
        {
            Assert.True(budget.TryTake(2));
        }

        Assert.False(budget.TryTake(2));
        Assert.True(budget.TryTake(1));
        Assert.False(budget.TryTake(1));
        Assert.True(budget.MayAccept);
        Assert.Equal(0, budget.Pauses);
    }

    [Fact]
    public void TryTakeForAccept_WhenNothingIsLeft_PausesOnceAndGoesOnWhenEnoughCameBack()
    {
        var budget = Budget(limit: 1498, inUse: 70, reserve: 148);
        while (budget.TryTakeForAccept())
        {
        }

        Assert.False(budget.TryTakeForAccept());
        Assert.Equal((1280, false, 1L, 0), (budget.Taken, budget.MayAccept, budget.Pauses, _again));

        // A sixty-fourth of 1,280 is 20.
        for (var i = 0; i < 9; i++)
        {
            budget.Return(2);
            Assert.False(budget.TryTakeForAccept());
        }

        Assert.Equal((false, 0), (budget.MayAccept, _again));
        budget.Return(2);
        Assert.Equal((true, 1), (budget.MayAccept, _again));
        Assert.True(budget.TryTakeForAccept());
    }

    [Fact]
    public void SetLimit_WhenItIsLoweredAndRaisedFromOutside_PausesAndGoesOn()
    {
        var budget = Budget(limit: 1000, inUse: 0, reserve: 100);
        Assert.True(budget.TryTake(500));
        budget.SetLimit(300);
        Assert.False(budget.TryTakeForAccept());
        budget.SetLimit(300);
        Assert.False(budget.MayAccept);
        budget.SetLimit(null);
        Assert.Equal((true, 1, null), (budget.MayAccept, _again, budget.Limit));
    }

    [Fact]
    public void RanOut_WhenTheBudgetKnowsNoReason_PausesUntilTheNextLook()
    {
        var budget = Budget(limit: 1000, inUse: 0, reserve: 100);
        budget.RanOut();
        budget.RanOut();
        Assert.Equal((false, 1L), (budget.MayAccept, budget.Pauses));
        Assert.False(budget.TryTakeForAccept());
        budget.SetLimit(1000);
        Assert.Equal((true, 1), (budget.MayAccept, _again));
    }

    [Fact]
    public void Capacity_WhenTheSystemAllowsHardlyMoreThanTheReserve_IsHalfOfWhatIsFree()
    {
        Assert.Equal(58, Budget(limit: 256, inUse: 140, reserve: 128).Capacity);
        Assert.Equal(128, Budget(limit: 396, inUse: 140, reserve: 128).Capacity);
        Assert.Equal(129, Budget(limit: 397, inUse: 140, reserve: 128).Capacity);
    }

    [Fact]
    public async Task WaitToAccept_WhenAccepting_EndsAtOnceElseWhenItMayGoOn()
    {
        var budget = Budget(limit: 100, inUse: 0, reserve: 10);
        await budget.WaitToAcceptAsync(CancellationToken.None);
        Assert.True(budget.TryTake(90));
        Assert.False(budget.TryTakeForAccept());
        var waiting = budget.WaitToAcceptAsync(CancellationToken.None);
        using var impatient = new CancellationTokenSource();
        var given = budget.WaitToAcceptAsync(impatient.Token);
        await impatient.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => given);
        Assert.False(waiting.IsCompleted);
        budget.Return(90);
        await waiting.WaitAsync(Eventually.Deadline);
    }

    [Fact]
    public void Capacity_WhenThereIsNothing_TakesNone()
    {
        var budget = Budget(limit: 100, inUse: 140, reserve: 128);
        Assert.False(budget.TryTakeForAccept());
        Assert.Equal((0, false), (budget.Capacity, budget.MayAccept));
    }

    [Fact]
    public async Task Budget_WhenManyThreadsTakeAndReturn_NeverExceedsAndNeverStaysPaused()
    {
        var budget = Budget(limit: 64, inUse: 0, reserve: 32);
        await Task.WhenAll(Enumerable.Range(0, 4).Select(seed => Task.Run(() =>
        {
            var random = new Random(seed);
            var held = 0;
            for (var i = 0; i < 100_000; i++)
            {
                if (held > 0 && random.Next(2) == 0)
                {
                    budget.Return(2);
                    held--;
                }
                else if (budget.TryTakeForAccept())
                {
                    held++;
                }

                Assert.InRange(budget.Taken, 0, 32);
            }

            budget.Return(2 * held);
        })));
        Assert.Equal((0, true), (budget.Taken, budget.MayAccept));
        Assert.True(budget.Pauses > 0);
        Assert.Equal(budget.Pauses, _again);
    }

    [Fact]
    public async Task Raise_WhenTheSoftLimitIsLower_BringsTheProgramToTheHardOne()
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        await using var around = new GatewayUnderTest();
        await around.Edge.StartAsync();
        around.Authority.Issue(Headgate.Protocol.Naming.CertificateRole.Gateway, around.Edge.GatewayId, port: around.Edge.Port).Save(around.Options.DataFolder);
        await using var process = GatewayProcess.StartProgram(
            "prlimit", "--nofile=1024:8192", GatewayProcess.Path, "run", "--data", around.Options.DataFolder, "--listen", "127.0.0.1:0");
        await process.ReadyAsync();
        var limits = await File.ReadAllLinesAsync(string.Create(CultureInfo.InvariantCulture, $"/proc/{process.Id}/limits"));
        Assert.Equal(8192, DescriptorLimit.Parse(limits));
        await process.SaidAsync("20000 connections (--max-connections) need 40256");
    }

    [Fact]
    public void InUse_Always_CountsThisProcess()
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        var before = DescriptorLimit.InUse();
        Assert.InRange(before, 3, 100_000);
        using var own = Process.GetCurrentProcess();
        Assert.True(DescriptorLimit.Current() is null or > 3);
    }

    private DescriptorBudget Budget(long? limit, int inUse, int reserve)
    {
        var budget = new DescriptorBudget(limit, inUse, reserve, TestMetrics.Create(), new ManualTimeProvider(), NullLogger<DescriptorBudget>.Instance);
        budget.MayAcceptAgain += () => Interlocked.Increment(ref _again);
        return budget;
    }
}
