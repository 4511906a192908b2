using Headgate.Grains.Embedded.Tests.Support;
using Microsoft.Extensions.DependencyInjection;

namespace Headgate.Grains.Embedded.Tests.Calls;

public interface IFilteredGrain : IGrainWithStringKey
{
    Task<string> EchoAsync(string text);

    Task<string?> ContextAsync(string? nextKey);

    Task<string?> ContextAtActivationAsync();
}

public sealed class FilteredGrain : Grain, IFilteredGrain, IIncomingGrainCallFilter
{
    private string? _atActivation;

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        _atActivation = RequestContext.Get("tenant") as string;
        return Task.CompletedTask;
    }

    public Task<string?> ContextAtActivationAsync() => Task.FromResult(_atActivation);

    public async Task Invoke(IIncomingGrainCallContext context)
    {
        await context.Invoke();
        context.Result = context.MethodName == "EchoAsync" ? $"own({context.Result})" : context.Result;
    }

    public Task<string> EchoAsync(string text) => text is "fail" or "translate" ? throw new CounterException(text) { Count = 7 } : Task.FromResult(text);

    public async Task<string?> ContextAsync(string? nextKey)
    {
        var answer = RequestContext.Get("tenant") as string;
        await Task.Yield();
        Assert.Equal(answer, RequestContext.Get("tenant"));
        if (nextKey is not null)
        {
            answer += "," + await GrainFactory.GetGrain<IFilteredGrain>(nextKey).ContextAsync(null);
        }

        RequestContext.Set("tenant", "changed by the callee");
        return answer;
    }
}

[GenerateSerializer]
public sealed class CounterException(string message) : Exception(message)
{
    [Id(0)]
    public int Count { get; set; }
}

internal sealed class OuterFilter(List<string> seen) : IIncomingGrainCallFilter
{
    public async Task Invoke(IIncomingGrainCallContext context)
    {
        // An engine may send calls of its own through the filters.
        if (context.Grain is FilteredGrain)
        {
            lock (seen)
            {
                seen.Add($"{context.InterfaceName}.{context.MethodName}/{context.ImplementationMethod.DeclaringType!.Name}/{context.TargetId}/{context.SourceId?.Type}");
            }
        }

        await context.Invoke();
        context.Result = context.Result is string text ? $"outer({text})" : context.Result;
    }
}

internal sealed class InnerFilter : IIncomingGrainCallFilter
{
    public async Task Invoke(IIncomingGrainCallContext context)
    {
        if (context.InterfaceMethod.Name == "EchoAsync" && context.Request.GetArgument(0) is "change")
        {
            context.Request.SetArgument(0, "changed");
        }

        if (context.MethodName == "EchoAsync" && context.Request.GetArgument(0) is "skip")
        {
            context.Result = "skipped";
            return;
        }

        if (context.MethodName == "EchoAsync" && context.Request.GetArgument(0) is "refuse")
        {
            throw new CounterException("refused by the filter") { Count = 9 };
        }

        try
        {
            await context.Invoke();
        }
        catch (CounterException exception) when (exception.Message == "translate")
        {
            throw new InvalidTimeZoneException("translated", exception);
        }

        context.Result = context.MethodName == "EchoAsync" ? $"inner({context.Result})" : context.Result;
    }
}

public sealed class FilterAndContextTests : IAsyncLifetime
{
    private readonly List<string> _seen = [];
    private TestHost _host = null!;

    public async ValueTask InitializeAsync() => _host = await TestHost.StartAsync(silo => silo
        .ConfigureServices(services => services.AddSingleton(_seen))
        .AddIncomingGrainCallFilter<OuterFilter>()
        .AddIncomingGrainCallFilter<InnerFilter>());

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Theory]
    [InlineData("text", "outer(inner(own(text)))")]
    [InlineData("change", "outer(inner(own(changed)))")]
    [InlineData("skip", "outer(skipped)")]
    public async Task Filters_StandAroundTheCall_InOrder_TheGrainsOwnLast(string text, string answer)
    {
        Assert.Equal(answer, await _host.Get<IFilteredGrain>("f").EchoAsync(text).Soon());
        Assert.StartsWith($"{typeof(IFilteredGrain)}.EchoAsync/FilteredGrain/filtered/f/", Assert.Single(_seen));
    }

    [Fact]
    public async Task Filter_WhenItThrows_RefusesTheCall_AndTheCallerGetsItsError()
    {
        var grain = _host.Get<IFilteredGrain>("f");
        Assert.Equal(9, (await Assert.ThrowsAsync<CounterException>(() => grain.EchoAsync("refuse").Soon())).Count);
        Assert.IsType<CounterException>((await Assert.ThrowsAsync<InvalidTimeZoneException>(() => grain.EchoAsync("translate").Soon())).InnerException);
        Assert.Equal("outer(inner(own(x)))", await grain.EchoAsync("x").Soon());
    }

    [Fact]
    public async Task Error_ThatAGrainThrows_ArrivesTyped_WithItsStack()
    {
        var error = await Assert.ThrowsAsync<CounterException>(() => _host.Get<IFilteredGrain>("f").EchoAsync("fail").Soon());
        Assert.Equal(7, error.Count);
        Assert.Contains("FilteredGrain.EchoAsync", error.StackTrace);
    }

    [Fact]
    public async Task RequestContext_TravelsWithCalls_AndNotBack()
    {
        RequestContext.Set("tenant", "acme");
        Assert.Equal("outer(acme,outer(acme))", await _host.Get<IFilteredGrain>("f").ContextAsync("g").Soon());
        Assert.Equal("acme", RequestContext.Get("tenant"));
        Assert.Contains($"{typeof(IFilteredGrain)}.ContextAsync/FilteredGrain/filtered/g/filtered", _seen);

        // The call that makes an activation is the one whose context it begins with.
        Assert.Equal("outer(acme)", await _host.Get<IFilteredGrain>("f").ContextAtActivationAsync().Soon());

        Assert.True(RequestContext.Remove("tenant"));
        Assert.Empty(RequestContext.Keys);
        Assert.Null(await _host.Get<IFilteredGrain>("f").ContextAsync(null).Soon());
    }
}
