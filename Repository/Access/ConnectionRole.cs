namespace Headgate.Repository.Access;

/// <summary>What a <see cref="ClientConnection"/> is.</summary>
internal enum ConnectionRole
{
    /// <summary>A connection that carries HTTP, or has not said yet what it carries.</summary>
    Plain,

    /// <summary>A connection that carries a session for a while.</summary>
    Leg,

    /// <summary>A resumable stream: one connection to everything above it, carried by one leg after the other.</summary>
    Session,
}
