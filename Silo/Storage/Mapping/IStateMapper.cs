using Headgate.Grains;

namespace Headgate.Silo.Storage.Mapping;

/// <summary>
/// Between one state class and its rows. Loads run on a reading context, the others on the writer's tracking one, which saves afterwards. The root row carries the
/// version: an insert sets 1, an update sets <c>expected + 1</c> on the condition that the row still has <c>expected</c>.
/// </summary>
internal interface IStateMapper<TState>
    where TState : StoredState
{
    /// <summary>What kind of thing the state is of, for those who follow changes.</summary>
    SubjectKind Kind { get; }

    /// <summary>The state and its version, or null when there is no row.</summary>
    Task<(TState State, long Version)?> LoadAsync(SiloDbContext db, string key, CancellationToken cancellationToken);

    /// <summary>Adds the rows.</summary>
    Task InsertAsync(SiloDbContext db, string key, TState state, CancellationToken cancellationToken);

    /// <summary>Changes, adds and removes rows until they say what <paramref name="state"/> says.</summary>
    Task UpdateAsync(SiloDbContext db, string key, TState state, long expected, CancellationToken cancellationToken);

    /// <summary>Removes the root row; its children go with it.</summary>
    Task DeleteAsync(SiloDbContext db, string key, long expected, CancellationToken cancellationToken);
}
