namespace Headgate.Server.Hosting;

/// <summary>
/// One server at a time on a data directory: an exclusive lock on <c>server.lock</c>, which the system gives back when the process ends, however it ends.
/// </summary>
internal sealed class DataLock : IDisposable
{
    public const string FileName = "server.lock";

    private readonly FileStream _file;

    private DataLock(FileStream file) => _file = file;

    /// <summary>Takes the lock.</summary>
    /// <exception cref="StartupException">Another server has it, or the directory cannot be written.</exception>
    public static DataLock Take(string dataDirectory)
    {
        var path = Path.Combine(dataDirectory, FileName);
        try
        {
            return new DataLock(new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
        }
        catch (IOException exception)
        {
            throw new StartupException(
                $"{path} cannot be locked: {exception.Message} Another headgate-server runs on {dataDirectory}; end it first, or give this one a --data of its own.", exception);
        }
        catch (UnauthorizedAccessException exception)
        {
            throw new StartupException($"{path} cannot be written: {exception.Message} Give the server a --data that it may write to.", exception);
        }
    }

    public void Dispose() => _file.Dispose();
}
