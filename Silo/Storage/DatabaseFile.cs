namespace Headgate.Silo.Storage;

/// <summary>The database's file.</summary>
internal static class DatabaseFile
{
    public const string Name = "headgate.db";

    public static string In(string dataDirectory) => Path.Combine(dataDirectory, Name);
}
