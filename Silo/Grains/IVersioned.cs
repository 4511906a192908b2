namespace Headgate.Silo.Grains;

/// <summary>A grain whose callers may expect a version of it (<see cref="ExpectedVersion"/>).</summary>
internal interface IVersioned
{
    /// <summary>The thing and its id for sentences, and its version as its records say it; null when there is none yet.</summary>
    (string Noun, long Version)? Standing { get; }
}
