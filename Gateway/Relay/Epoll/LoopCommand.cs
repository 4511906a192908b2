using Headgate.Gateway.Routing;

namespace Headgate.Gateway.Relay.Epoll;

/// <summary>What other threads ask of a loop. A value, so that asking allocates nothing but what is handed over.</summary>
internal readonly struct LoopCommand
{
    private LoopCommand(Kind what) => What = what;

    internal enum Kind
    {
        /// <summary>Takes over an accepted socket.</summary>
        Adopt,

        /// <summary>Ends one connection.</summary>
        Abort,

        /// <summary>The silo's answer for a connection.</summary>
        Answer,

        /// <summary>Looks at the limits of time.</summary>
        Tick,

        /// <summary>Runs something on the loop's thread.</summary>
        Run,

        /// <summary>Ends the loop.</summary>
        Stop,
    }

    public Kind What { get; }

    public int Slot { get; private init; }

    public long Id { get; private init; }

    public int Socket { get; private init; }

    public EdgeAddress Source { get; private init; }

    public EdgeAddress Destination { get; private init; }

    /// <summary>A <see cref="RouteAnswer"/> or null for a fault; or the action to run.</summary>
    public object? Value { get; private init; }

    public static LoopCommand Tick { get; } = new(Kind.Tick);

    public static LoopCommand Stop { get; } = new(Kind.Stop);

    public static LoopCommand AdoptOf(int socket, in EdgeAddress source, in EdgeAddress destination) =>
        new(Kind.Adopt) { Socket = socket, Source = source, Destination = destination };

    public static LoopCommand AbortOf(int slot, long id) => new(Kind.Abort) { Slot = slot, Id = id };

    public static LoopCommand AnswerOf(int slot, long id, object? answer) => new(Kind.Answer) { Slot = slot, Id = id, Value = answer };

    public static LoopCommand RunOf(Action action) => new(Kind.Run) { Value = action };
}
