namespace Headgate.Testing;

/// <summary>A folder of the test's own, deleted afterwards.</summary>
/// <param name="beforeDelete">Lets go of what still holds files in it.</param>
public sealed class TemporaryFolder(Action? beforeDelete = null) : IDisposable
{
    /// <summary>Where it is.</summary>
    public string Path { get; } = Directory.CreateTempSubdirectory("headgate-").FullName;

    /// <summary>The path of a file in it.</summary>
    public string this[string name] => System.IO.Path.Combine(Path, name);

    public void Dispose()
    {
        beforeDelete?.Invoke();
        Directory.Delete(Path, recursive: true);
    }
}
