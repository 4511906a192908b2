using Headgate.Grains.Embedded.Tests.Support;

namespace Headgate.Grains.Embedded.Tests.Serialization;

public interface IKeeperGrain : IGrainWithStringKey
{
    Task<object?> EchoAsync(object? value);

    Task KeepAsync(List<Note> notes);

    Task<List<Note>> KeptAsync();

    Task<bool> IsSameAsync([Immutable] List<Note> passed);

    Task<Frozen> FrozenAsync();
}

public sealed class KeeperGrain : Grain, IKeeperGrain
{
    private readonly Frozen _frozen = new();
    private List<Note> _notes = [];

    public Task<object?> EchoAsync(object? value) => Task.FromResult(value);

    public Task KeepAsync(List<Note> notes)
    {
        _notes = notes;
        return Task.CompletedTask;
    }

    public Task<List<Note>> KeptAsync() => Task.FromResult(_notes);

    public Task<bool> IsSameAsync(List<Note> passed)
    {
        passed.Add(new() { Text = "seen" });
        return Task.FromResult(true);
    }

    public Task<Frozen> FrozenAsync() => Task.FromResult(_frozen);
}

[GenerateSerializer]
public class Note
{
    [Id(0)]
    public string Text { get; set; } = "";

    [Id(1)]
    public Note? Next { get; set; }
}

[GenerateSerializer]
public sealed class LongNote : Note
{
    [Id(0)]
    public int[] Pages { get; set; } = [];
}

[GenerateSerializer]
public sealed record Plain(string Name, DateTimeOffset At, ImmutableArray<int> Numbers, Guid? Id);

[GenerateSerializer]
public sealed record Holder(string Name, List<Note> Notes);

[GenerateSerializer]
public readonly record struct Pair(int[] Left, string Right);

[Immutable]
[GenerateSerializer]
public sealed class Frozen
{
    [Id(0)]
    public List<int> Numbers { get; set; } = [];
}

[GenerateSerializer]
public sealed class HalfFrozen
{
    [Id(0)]
    [Immutable]
    public List<int> Shared { get; set; } = [];

    [Id(1)]
    public List<int> Own { get; set; } = [];
}

public sealed class Foreign
{
    public int Value { get; set; }
}

public sealed class CopyTests : IAsyncLifetime
{
    private static readonly Note ANote = new() { Text = "note" };
    private TestHost _host = null!;

    /// <summary>Values that can be changed, so that a copy is another object with the same content.</summary>
    public static TheoryData<object> Changeable =>
    [
        new[] { 1, 2 },
        new List<string> { "a", "b" },
        new List<Note> { ANote },
        new[] { new List<int> { 1 } },
        new Dictionary<string, Note> { ["k"] = ANote },
        new HashSet<int> { 3 },
        ImmutableList.Create(ANote),
        ImmutableDictionary<string, Note>.Empty.Add("k", ANote),
        ImmutableHashSet.Create(Tuple.Create(new List<int> { 1 })),
        new Holder("h", [ANote]),
        Tuple.Create(new List<int> { 1 }, 2),
        new LongNote { Text = "long", Pages = [1, 2, 3] },
    ];

    /// <summary>Values that nobody can change, so that the object itself arrives.</summary>
    public static TheoryData<object> Unchangeable =>
    [
        "text",
        new Version(1, 2),
        new Uri("https://example.com/"),
        ImmutableList.Create(1),
        new Frozen(),
        Tuple.Create(1, "x"),
        new InvalidOperationException("x"),
    ];

    public async ValueTask InitializeAsync() => _host = await TestHost.StartAsync();

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Theory]
    [MemberData(nameof(Changeable), DisableDiscoveryEnumeration = true)]
    public async Task Value_ThatCanBeChanged_ArrivesAsACopy_ByItsRuntimeType(object value)
    {
        var copy = await _host.Get<IKeeperGrain>("k").EchoAsync(value).Soon();
        Assert.NotSame(value, copy);
        Assert.Equal(value.GetType(), copy!.GetType());
        Assert.Equivalent(value, copy, strict: true);
    }

    [Theory]
    [MemberData(nameof(Unchangeable), DisableDiscoveryEnumeration = true)]
    public async Task Value_ThatIsKnownNeverToChange_ArrivesItself(object value) =>
        Assert.Same(value, await _host.Get<IKeeperGrain>("k").EchoAsync(value).Soon());

    [Fact]
    public async Task StructsAndArrays_AreCopiedToTheBottom()
    {
        var pair = new Pair([1], "r");
        var copy = (Pair)(await _host.Get<IKeeperGrain>("k").EchoAsync(pair).Soon())!;
        Assert.NotSame(pair.Left, copy.Left);
        Assert.Equal(pair.Left, copy.Left);

        var notes = (ImmutableArray<Note>)(await _host.Get<IKeeperGrain>("k").EchoAsync(ImmutableArray.Create(ANote)).Soon())!;
        Assert.NotSame(ANote, notes[0]);
        Assert.Equal("note", notes[0].Text);
    }

    [Fact]
    public async Task ArgumentAndResult_AreNotSharedWithTheGrain()
    {
        var grain = _host.Get<IKeeperGrain>("k");
        List<Note> mine = [new() { Text = "mine" }];
        await grain.KeepAsync(mine).Soon();
        mine[0].Text = "changed by the caller";
        var kept = await grain.KeptAsync().Soon();
        Assert.Equal("mine", kept[0].Text);
        kept[0].Text = "changed again";
        Assert.Equal("mine", (await grain.KeptAsync().Soon())[0].Text);
    }

    [Fact]
    public async Task Immutable_OnParameterTypeOrMember_PassesTheObjectItself()
    {
        var grain = _host.Get<IKeeperGrain>("k");
        List<Note> mine = [];
        await grain.IsSameAsync(mine).Soon();
        Assert.Equal("seen", Assert.Single(mine).Text);
        Assert.Same(await grain.FrozenAsync().Soon(), await grain.FrozenAsync().Soon());

        var half = new HalfFrozen { Shared = [1], Own = [2] };
        var copy = (HalfFrozen)(await grain.EchoAsync(half).Soon())!;
        Assert.NotSame(half, copy);
        Assert.Same(half.Shared, copy.Shared);
        Assert.NotSame(half.Own, copy.Own);
        Assert.Equal([2], copy.Own);
    }

    [Fact]
    public async Task Copy_OfACircleOrASharedObject_KeepsItsShape()
    {
        var circle = new Note { Text = "o" };
        circle.Next = new() { Next = circle };
        var copy = (Note)(await _host.Get<IKeeperGrain>("k").EchoAsync(circle).Soon())!;
        Assert.NotSame(circle, copy);
        Assert.Same(copy, copy.Next!.Next);

        var list = (List<Note>)(await _host.Get<IKeeperGrain>("k").EchoAsync(new List<Note> { ANote, ANote }).Soon())!;
        Assert.Same(list[0], list[1]);
    }

    [Fact]
    public async Task Value_OfATypeThatCannotBeSent_IsRefused()
    {
        var error = await Assert.ThrowsAnyAsync<Exception>(() => _host.Get<IKeeperGrain>("k").EchoAsync(new Foreign()).Soon());
        Assert.Contains(nameof(Foreign), error.Message);
        error = await Assert.ThrowsAnyAsync<Exception>(() => _host.Get<IKeeperGrain>("k").EchoAsync(new List<object> { new Foreign() }).Soon());
        Assert.Contains(nameof(Foreign), error.Message);
    }
}
