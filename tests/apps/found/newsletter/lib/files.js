const fs = require('fs');
const path = require('path');

// Every file that was deployed, for the pages that show it.
exports.files = () => {
  const found = [];
  const look = (folder) => {
    for (const entry of fs.readdirSync(folder, { withFileTypes: true })) {
      const place = path.join(folder, entry.name);
      if (entry.isDirectory()) look(place);
      else found.push(path.relative(process.env.LAMBDA_TASK_ROOT, place));
    }
  };
  look(process.env.LAMBDA_TASK_ROOT);
  return found.sort();
};
